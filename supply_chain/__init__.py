"""What joinedup is made of: known weaknesses and licences of every locked library."""
