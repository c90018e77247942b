package marketplace

// drainDue takes what the buckets of vaults let through of what they hold back.
func (*draft) drainDue() {}
