package main

import (
	"context"

	"github.com/spf13/cobra"

	"portcullis/central/publish"
	"portcullis/central/s3"
)

// A mirrorFlag names a bucket that is to have what was published, too.
type mirrorFlag struct{ to string }

func (f *mirrorFlag) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.to, "mirror", "", "s3://bucket/prefix: copy what is published there, for a CDN or devices to fetch; the store and its credentials come from AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and so on")
}

// copy makes the bucket a copy of a repository.
func (f mirrorFlag) copy(ctx context.Context, dir string) error {
	if f.to == "" {
		return nil
	}
	bucket, err := s3.Open(ctx, f.to, s3.Options{})
	if err != nil {
		return err
	}
	return publish.Mirror(dir, bucket)
}
