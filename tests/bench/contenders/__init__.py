"""What is measured: one file each. The folder is the list."""
