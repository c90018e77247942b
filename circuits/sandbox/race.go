//go:build race

package sandbox

// raceDetector says that this is a build for tests whose shadow memory fits no limit.
const raceDetector = true
