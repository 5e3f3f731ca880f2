"""What is plugged in: seen without opening anything, identified, and watched for changes."""
