package marketplace

// NewEvent returns an empty event of the type with this number.
func NewEvent(number uint64) (Event, bool) {
	fresh, known := eventNumbers[number]
	if !known {
		return nil, false
	}
	return fresh(), true
}
