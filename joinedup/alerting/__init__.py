"""Who is told what: the causes of alerts, what was told already, and the ways to people."""
