package rpc

import (
	"fmt"
	"strconv"
)

// page selects one page of a list whose order never changes and which only grows: the token is how many items come
// before it.
type page struct {
	from, size uint64
	seen       uint64
}

const defaultPage = 50

type paged interface {
	GetPageSize() uint32
	GetPageToken() string
}

func pageOf(m paged) (*page, error) {
	p := &page{size: uint64(m.GetPageSize())}
	if p.size == 0 {
		p.size = defaultPage
	}
	if token := m.GetPageToken(); token != "" {
		var err error
		if p.from, err = strconv.ParseUint(token, 10, 63); err != nil {
			return nil, malformed(fmt.Errorf("page_token %q is not from a previous page", token))
		}
	}
	return p, nil
}

// take reports whether the next item is on the page.
func (p *page) take() bool {
	p.seen++
	return p.seen > p.from && p.seen <= p.from+p.size
}

// beyond reports whether an item after the page has been seen, so that looking further is of no use.
func (p *page) beyond() bool { return p.seen > p.from+p.size }

// next returns the token of the page after this one, or nothing when this is the last.
func (p *page) next() string {
	if end := p.from + p.size; p.seen > end {
		return strconv.FormatUint(end, 10)
	}
	return ""
}
