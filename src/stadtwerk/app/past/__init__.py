"""The time machine: questions about any past instant, answered in a process of its own."""
