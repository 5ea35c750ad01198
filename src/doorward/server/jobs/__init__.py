"""Work that takes longer than a request: done one after the other in the background, with progress and a file."""
