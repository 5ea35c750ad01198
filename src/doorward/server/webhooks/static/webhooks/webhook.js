// What cannot be undone waits for the script that asks first: until then its buttons are switched off.

import "/static/console/frame.js";

for (const button of document.querySelectorAll("[data-asks]")) button.disabled = false;
