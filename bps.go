package vadium

// Bps is a fraction in basis points: 10,000 is the whole.
type Bps uint32

// Ppm is a fraction in parts per million: 1,000,000 is the whole.
type Ppm uint32

// The whole, in either unit.
const (
	BpsOne Bps = 10_000
	PpmOne Ppm = 1_000_000
)
