"""What people see: the operators' control room, and later the citizens' portal and the open lab."""
