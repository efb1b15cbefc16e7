"""Who asks, what they may see and do: keys, roles, disclosure, limits, the audit log."""
