package marketplace

import "iter"

// table is a map that remembers the order of insertion and can be layered: an overlay reads through to its base and
// clones a row before the first change, so that [State.Decide] can play events on an overlay and throw it away.
type table[K comparable, V any] struct {
	base  *table[K, V]
	rows  map[K]*V
	order []K // keys first inserted here
	clone func(*V) *V
}

func newTable[K comparable, V any](clone func(*V) *V) table[K, V] {
	return table[K, V]{rows: map[K]*V{}, clone: clone}
}

func (t *table[K, V]) overlay() table[K, V] {
	return table[K, V]{base: t, rows: map[K]*V{}, clone: t.clone}
}

// get returns the row for reading only, or nil.
func (t *table[K, V]) get(key K) *V {
	if row, ok := t.rows[key]; ok {
		return row
	}
	if t.base != nil {
		return t.base.get(key)
	}
	return nil
}

// edit returns the row for changing, or nil.
func (t *table[K, V]) edit(key K) *V {
	if row, ok := t.rows[key]; ok {
		return row
	}
	if t.base == nil {
		return nil
	}
	below := t.base.get(key)
	if below == nil {
		return nil
	}
	row := t.clone(below)
	t.rows[key] = row
	return row
}

// insert adds a row under a key that is not there yet.
func (t *table[K, V]) insert(key K, row *V) *V {
	t.rows[key] = row
	t.order = append(t.order, key)
	return row
}

// editOrInsert returns the row for changing, adding fresh() if there is none.
func (t *table[K, V]) editOrInsert(key K, fresh func() *V) *V {
	if row := t.edit(key); row != nil {
		return row
	}
	return t.insert(key, fresh())
}

func (t *table[K, V]) len() int {
	n := len(t.order)
	if t.base != nil {
		n += t.base.len()
	}
	return n
}

// all yields keys and rows in order of insertion, rows for reading only.
func (t *table[K, V]) all() iter.Seq2[K, *V] {
	return func(yield func(K, *V) bool) {
		for key := range t.keys() {
			if !yield(key, t.get(key)) {
				return
			}
		}
	}
}

func (t *table[K, V]) keys() iter.Seq[K] {
	return func(yield func(K) bool) {
		if t.base != nil {
			for key := range t.base.keys() {
				if !yield(key) {
					return
				}
			}
		}
		for _, key := range t.order {
			if !yield(key) {
				return
			}
		}
	}
}
