"""What components that train networks do alike: options, epochs, held-out examples, logs. Knows no network."""
