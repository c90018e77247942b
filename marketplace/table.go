package marketplace

import "iter"

// table is a map that remembers the order of insertion and can be layered: an overlay reads through to its base and
// copies a row before the first change, so that [State.Decide] can play events on an overlay and throw it away. Rows belong
// to their table: an overlay makes the next ones out of those thrown away, so nobody may hold one of them any longer.
//
// The zero value is not usable: see [newTable]. The rows of a state are kept side by side, so that walking them follows
// no map; a key's place never changes while its row lives. An overlay mostly has a handful of rows, which are searched one by
// one.
type table[K comparable, V any] struct {
	// copy makes one row equal to another, out of the memory that it has of its own.
	copy func(to, from *V)

	// Of a state.
	index map[K]int // place of a row, counted from the first row there ever was
	first int       // place of keys[0]
	keys  []K
	rows  []*V // nil where a row was removed
	marks []mark
	tree  digestTree
	dirty []int // places whose digest is out of date, each once

	// frozen says that rows with an older generation are read by somebody else: they are copied before a change.
	generation uint32

	// Of an overlay.
	base  *table[K, V]
	few   []cell[K, V]
	found map[K]int // places in few, once there are more than searchedOneByOne; else empty
	spare []*V      // rows thrown away
}

// searchedOneByOne is how many rows of an overlay are looked through before a map finds them: nearly every command changes
// a handful, for which a map is dearer than looking, but an outage moves every request that is open.
const searchedOneByOne = 32

// mark is what a table notes of a row.
type mark struct {
	path       uint64 // see [digestTree]
	generation uint32
	dirty      bool // listed in dirty
	hashed     bool // in the tree
}

// cell is a row of an overlay: nil when the overlay removed it.
type cell[K comparable, V any] struct {
	key      K
	row      *V
	inserted bool // not in the base
}

func newTable[K comparable, V any](copy func(to, from *V)) table[K, V] {
	return table[K, V]{index: map[K]int{}, copy: copy}
}

func (t *table[K, V]) overlay() table[K, V] {
	return table[K, V]{base: t, copy: t.copy}
}

// fresh returns a row to fill and insert: it may hold anything.
func (t *table[K, V]) fresh() *V {
	last := len(t.spare) - 1
	if last < 0 {
		return new(V)
	}
	row := t.spare[last]
	t.spare = t.spare[:last]
	return row
}

// wipe empties an overlay for the next use. Most commands leave most tables alone.
func (t *table[K, V]) wipe() {
	if len(t.few) > 0 {
		t.throwAway()
	}
}

func (t *table[K, V]) throwAway() {
	for i := range t.few {
		if row := t.few[i].row; row != nil && len(t.spare) < searchedOneByOne {
			t.spare = append(t.spare, row)
		}
	}
	clear(t.few)
	t.few = t.few[:0]
	t.found = nil
}

func (t *table[K, V]) find(key K) *cell[K, V] {
	if len(t.few) > searchedOneByOne {
		if i, ok := t.found[key]; ok {
			return &t.few[i]
		}
		return nil
	}
	for i := range t.few {
		if t.few[i].key == key {
			return &t.few[i]
		}
	}
	return nil
}

// note adds a row that find did not find.
func (t *table[K, V]) note(c cell[K, V]) {
	t.few = append(t.few, c)
	switch {
	case len(t.few) < searchedOneByOne:
	case t.found == nil:
		t.found = make(map[K]int, 4*searchedOneByOne)
		for i := range t.few {
			t.found[t.few[i].key] = i
		}
	default:
		t.found[c.key] = len(t.few) - 1
	}
}

// get returns the row for reading only, or nil.
func (t *table[K, V]) get(key K) *V {
	if t.base != nil {
		if c := t.find(key); c != nil {
			return c.row
		}
		return t.base.get(key)
	}
	if place, ok := t.index[key]; ok {
		return t.rows[place-t.first]
	}
	return nil
}

// edit returns the row for changing, or nil.
func (t *table[K, V]) edit(key K) *V {
	if t.base != nil {
		if c := t.find(key); c != nil {
			return c.row
		}
		below := t.base.get(key)
		if below == nil {
			return nil
		}
		row := t.fresh()
		t.copy(row, below)
		t.note(cell[K, V]{key: key, row: row})
		return row
	}
	place, ok := t.index[key]
	if !ok {
		return nil
	}
	i := place - t.first
	if m := &t.marks[i]; m.generation != t.generation {
		row := new(V)
		t.copy(row, t.rows[i])
		t.rows[i] = row
		m.generation = t.generation
	}
	t.spoil(place)
	return t.rows[i]
}

// spoil notes that the digest of a row is out of date.
func (t *table[K, V]) spoil(place int) {
	if m := &t.marks[place-t.first]; !m.dirty {
		m.dirty = true
		t.dirty = append(t.dirty, place)
	}
}

// insert adds a row under a key that is not there yet.
func (t *table[K, V]) insert(key K, row *V) *V {
	if t.base != nil {
		if c := t.find(key); c != nil {
			c.row = row
		} else {
			t.note(cell[K, V]{key: key, row: row, inserted: true})
		}
		return row
	}
	place := t.first + len(t.rows)
	t.index[key] = place
	t.keys, t.rows, t.marks = append(t.keys, key), append(t.rows, row), append(t.marks, mark{generation: t.generation})
	t.spoil(place)
	return row
}

// editOrInsert returns the row for changing, adding fresh() if there is none.
func (t *table[K, V]) editOrInsert(key K, fresh func() *V) *V {
	if row := t.edit(key); row != nil {
		return row
	}
	return t.insert(key, fresh())
}

// remove takes a row out that is there.
func (t *table[K, V]) remove(key K) {
	if t.base != nil {
		if c := t.find(key); c != nil {
			c.row = nil
		} else {
			t.note(cell[K, V]{key: key})
		}
		return
	}
	place := t.index[key]
	delete(t.index, key)
	t.spoil(place)
	t.rows[place-t.first] = nil
}

// trim gives the space of removed rows back, once none of them is waiting to leave the digest: those in front of the
// oldest row by cutting them off, all of them when they have become three times as many as there are rows.
func (t *table[K, V]) trim() {
	cut := 0
	for cut < len(t.rows) && t.rows[cut] == nil {
		cut++
	}
	t.first, t.keys, t.rows, t.marks = t.first+cut, t.keys[cut:], t.rows[cut:], t.marks[cut:]
	const small = 1_024 // not worth the trouble
	if holes := len(t.rows) - len(t.index); holes < small || holes < 3*len(t.index) {
		return
	}
	keys, rows, marks := t.keys, t.rows, t.marks
	t.first, t.keys, t.rows, t.marks = t.first+len(rows), nil, nil, nil
	for i, row := range rows {
		if row != nil {
			was := t.first - len(rows) + i
			t.index[keys[i]] = t.first + len(t.rows)
			t.tree.move(marks[i].path, was, t.first+len(t.rows))
			t.keys, t.rows, t.marks = append(t.keys, keys[i]), append(t.rows, row), append(t.marks, marks[i])
		}
	}
}

func (t *table[K, V]) len() int {
	if t.base == nil {
		return len(t.index)
	}
	n := t.base.len()
	for _, c := range t.few {
		switch {
		case c.inserted && c.row != nil:
			n++
		case !c.inserted && c.row == nil:
			n--
		}
	}
	return n
}

// all yields keys and rows in order of insertion, rows for reading only. In a state, rows may be edited and the one
// just seen removed meanwhile.
func (t *table[K, V]) all() iter.Seq2[K, *V] {
	return func(yield func(K, *V) bool) {
		if t.base == nil {
			for i, row := range t.rows {
				if row != nil && !yield(t.keys[i], t.rows[i]) {
					return
				}
			}
			return
		}
		for key, below := range t.base.all() {
			row := below
			if c := t.find(key); c != nil {
				row = c.row
			}
			if row != nil && !yield(key, row) {
				return
			}
		}
		for _, c := range t.few {
			if c.inserted && c.row != nil && !yield(c.key, c.row) {
				return
			}
		}
	}
}
