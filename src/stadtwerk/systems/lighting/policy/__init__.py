"""Light on demand in force: policies of streets, their tables and certificates, and what came of them."""
