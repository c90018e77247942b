package rpc

// CheckBody is checkBody.
var CheckBody = checkBody

// Caller is Limits.caller.
var Caller = Limits.caller

// Defaults is the configuration nobody changed.
func Defaults() Config { return Config{}.withDefaults() }

// Limits that nothing outside has to know.
const (
	MaxUploads      = maxUploads
	MaxUploadsOfAll = maxUploadsOfAll
	MaxScanned      = maxScanned
	MaxSamples      = maxSamples
)
