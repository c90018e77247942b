package marketplace

// CountCleared returns how many batches are kept, and the position of the oldest.
func CountCleared(s *State) (n int, oldest uint64) {
	for id := range s.cleared.all() {
		return s.cleared.len(), uint64(id)
	}
	return 0, 0
}
