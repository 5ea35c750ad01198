"""The console: the frame of its pages, the dashboard and the live monitor."""
