"""The words of access control as plain values, shared by every floor."""
