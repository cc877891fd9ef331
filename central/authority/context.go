package authority

import "context"

type holderKey struct{}

// WithHolder returns a context that says who asks.
func WithHolder(ctx context.Context, h Holder) context.Context {
	return context.WithValue(ctx, holderKey{}, h)
}

// HolderOf returns who asks, if their certificate was checked.
func HolderOf(ctx context.Context) (Holder, bool) {
	h, ok := ctx.Value(holderKey{}).(Holder)
	return h, ok
}
