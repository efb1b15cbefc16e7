"""The library: uploaded files kept, read again and removed; what each change of the store did."""
