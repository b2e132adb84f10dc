"""Names and argument orders of other packages."""
