"""A file for a bug report: what the server is and how it does, with secrets, names and addresses taken out."""
