"""The benchmark of cost: what building, searching and asking take over N passages of generated notices."""
