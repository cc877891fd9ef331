package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"

	"portcullis/protocol"
)

// A queryClient asks a central service. Its fields name files.
type queryClient struct {
	url, cert, key, ca string
	http               *http.Client
}

// open reads certificate and authorities.
func (c *queryClient) open() error {
	u, err := url.Parse(c.url)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("open query: --url is no https address of a central service")
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("open query: read certificate: %w", err)
	}
	pem, err := os.ReadFile(c.ca)
	if err != nil {
		return fmt.Errorf("open query: read authorities: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return fmt.Errorf("open query: read authorities: %s has no certificate in PEM", c.ca)
	}
	c.http = &http.Client{
		Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{
			MinVersion: tls.VersionTLS13, RootCAs: roots, Certificates: []tls.Certificate{pair}, VerifyConnection: isCentral,
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return nil
}

// isCentral refuses what has a certificate of the same authority and another
// role: a device must not answer in central's place.
func isCentral(s tls.ConnectionState) error {
	role, _, ok := protocol.Holder(s.PeerCertificates[0].URIs)
	if !ok || role != protocol.Central {
		return errors.New("the certificate is not that of a central service")
	}
	return nil
}

// search asks, and refuses a reply that contradicts itself: one without a code
// would read as zero, and one with records must not read as clean.
func (c *queryClient) search(ctx context.Context, q protocol.SearchRequest) (reply protocol.SearchReply, err error) {
	reply.Code = protocol.UnexpectedError // unless the reply has another
	err = c.post(ctx, protocol.SearchPath, q, &reply)
	if err == nil && (reply.Code == protocol.NoError) != (len(reply.Found) > 0) {
		err = fmt.Errorf("ask central: code %d with %d records contradicts itself", reply.Code, len(reply.Found))
	}
	return reply, err
}

func (c *queryClient) details(ctx context.Context, q protocol.DetailsRequest) (reply protocol.DetailsReply, err error) {
	reply.Code = protocol.UnexpectedError
	return reply, c.post(ctx, protocol.DetailsPath, q, &reply)
}

const maxReply = 1 << 20

func (c *queryClient) post(ctx context.Context, path string, question, reply any) error {
	body, err := json.Marshal(question)
	if err != nil {
		return fmt.Errorf("ask central: %w", err)
	}
	address, err := url.JoinPath(c.url, path)
	if err != nil {
		return fmt.Errorf("ask central: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask central: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(r)
	if err != nil {
		return fmt.Errorf("ask central: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return fmt.Errorf("ask central: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		var p protocol.Problem
		_ = json.Unmarshal(text, &p) // a proxy on the way may answer in its own words
		return fmt.Errorf("ask central: %s: %s", resp.Status, p.Detail)
	}
	if err := json.Unmarshal(text, reply); err != nil {
		return errors.New("ask central: the reply is not that of a central service")
	}
	return nil
}
