package risk

// Month is the time-weighted average of a price over the last 30 days.
type Month struct {
	Day  uint64
	Days []MonthDay
}

// MonthDay is one day of it.
type MonthDay struct {
	Sum, Count uint64
}
