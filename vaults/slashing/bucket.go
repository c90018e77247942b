package slashing

import "vadium"

// Bucket is a token bucket: it lets so much through in a day and holds the rest back.
type Bucket struct {
	Level vadium.Amount
	At    vadium.Time
}
