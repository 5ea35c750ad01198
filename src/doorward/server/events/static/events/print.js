// A button that prints what is shown; it can be pressed as soon as this stands behind it.

const button = document.getElementById("print");
if (button) {
  button.addEventListener("click", () => window.print());
  button.disabled = false;
}
