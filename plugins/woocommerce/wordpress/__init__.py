"""The WordPress plugin a merchant uploads, and what packs it. The plugin itself is PHP, under its own licence."""
