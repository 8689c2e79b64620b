"""What binary perceptrons share at finite N: patterns, replicas, entropies by integration, enumeration."""
