"""Who holds a device in direct mode: one client at a time, who it is, since when and why."""
