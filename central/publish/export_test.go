package publish

// PutWith replaces how the publisher writes files by what wrap makes of it.
func (p *Publisher) PutWith(wrap func(put func(dir, name string, data []byte) error) func(dir, name string, data []byte) error) {
	p.folder.put = wrap(put)
}

// Cut exposes how finely a list is cut.
var Cut = cut
