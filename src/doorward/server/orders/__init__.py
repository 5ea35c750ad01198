"""Orders for devices from other processes, such as the command line: the running server carries them out."""
