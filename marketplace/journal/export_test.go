package journal

import "log/slog"

// OpenUnsynced opens a journal whose appends return before they are durable, for the test that has to see them lost.
func OpenUnsynced(dir string) (*Embedded, error) {
	d, err := openBadgerDisk(dir, slog.New(slog.DiscardHandler), !synced)
	if err != nil {
		return nil, err
	}
	return open(d, Options{})
}
