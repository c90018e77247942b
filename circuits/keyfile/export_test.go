package keyfile

// Hold holds what an import holds, until it is released.
func Hold() (release func()) {
	importing <- struct{}{}
	return func() { <-importing }
}
