"""The simulated city: devices that live on without the platform and speak to it only by radio."""
