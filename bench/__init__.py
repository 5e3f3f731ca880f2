"""What agentd costs and how fast it is, as ratios against a named peer in the same run."""
