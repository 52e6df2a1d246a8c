"""Where the city remembers: implementations of the kernel's storage ports."""
