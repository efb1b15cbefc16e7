"""The commands of `notices-eval`, one file each."""
