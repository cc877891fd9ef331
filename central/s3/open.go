package s3

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// Options say which store a bucket is in. The zero value is Amazon's, or what
// the environment says.
type Options struct {
	Endpoint  string            // address of the store; empty is AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, or Amazon's
	Region    string            // empty is AWS_REGION, AWS_DEFAULT_REGION, or what the store says
	Transport http.RoundTripper // nil is the client's own
}

// retries is how often a request is made before its failure counts.
const retries = 5

// ErrCredentials means that no credentials were found.
var ErrCredentials = errors.New("no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE")

// Open returns the folder that an address such as s3://bucket/prefix names. The
// bucket must exist.
func Open(ctx context.Context, address string, o Options) (*Bucket, error) {
	b, err := open(ctx, address, o)
	if err != nil {
		return nil, fmt.Errorf("s3: open bucket: %w", explain(err))
	}
	return b, nil
}

func open(ctx context.Context, address string, o Options) (*Bucket, error) {
	bucket, prefix, err := parse(address)
	if err != nil {
		return nil, err
	}
	endpoint, err := parseEndpoint(firstOf(o.Endpoint, os.Getenv("AWS_ENDPOINT_URL_S3"), os.Getenv("AWS_ENDPOINT_URL"), "https://s3.amazonaws.com"))
	if err != nil {
		return nil, err
	}
	creds := credentials.NewChainCredentials([]credentials.Provider{
		&credentials.EnvAWS{},
		&credentials.FileAWSCredentials{},
		&credentials.IAM{Client: &http.Client{Timeout: 5 * time.Second}}, // elsewhere than in a cloud nobody answers
	})
	if value, err := creds.GetWithContext(nil); err != nil || value.SignerType.IsAnonymous() {
		return nil, ErrCredentials // the cause may quote a file of them
	}
	client, err := minio.New(endpoint.Host, &minio.Options{
		Creds: creds, Secure: endpoint.Scheme == "https", Transport: o.Transport, MaxRetries: retries,
		Region: firstOf(o.Region, os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION")),
	})
	if err != nil {
		return nil, err
	}
	exists, err := client.BucketExists(ctx, bucket)
	if err == nil && !exists {
		err = fmt.Errorf("bucket %s: %w", bucket, fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	return &Bucket{ctx: ctx, client: client, bucket: bucket, prefix: prefix}, nil
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// parse reads s3://bucket/prefix. Its errors do not repeat it: somebody may
// have written a password into it.
func parse(address string) (bucket, prefix string, err error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "s3" || u.Host == "" || u.User != nil || u.Port() != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", "", errors.New("the address is not of the form s3://bucket/prefix")
	}
	if prefix = strings.Trim(u.Path, "/"); prefix == "" {
		return u.Host, "", nil
	}
	if !fs.ValidPath(prefix) {
		return "", "", errors.New("the address is not of the form s3://bucket/prefix")
	}
	return u.Host, prefix + "/", nil
}

func parseEndpoint(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, errors.New("the endpoint is not of the form https://host:port")
	}
	return u, nil
}

// failure says what was done with which file, and why it failed.
func failure(verb, name string, err error) error {
	return fmt.Errorf("s3: %s %q: %w", verb, name, explain(err))
}

// explain leaves of an error what a store or a library cannot have put a secret
// into: the store's code and status, and what the network said.
func explain(err error) error {
	var answer minio.ErrorResponse
	var request *url.Error
	switch {
	case errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound && answer.Code != "NoSuchBucket":
		return fs.ErrNotExist
	case errors.As(err, &answer) && answer.StatusCode == http.StatusForbidden:
		return fmt.Errorf("%w: the store answers %s (%d)", fs.ErrPermission, answer.Code, answer.StatusCode)
	case errors.As(err, &answer):
		return fmt.Errorf("the store answers %s (%d)", answer.Code, answer.StatusCode)
	case errors.As(err, &request):
		return request.Err
	}
	return err
}
