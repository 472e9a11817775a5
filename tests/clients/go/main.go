// The checks of test_clients.py made with Go's net/http. Usage: clients http://127.0.0.1:PORT. Says what failed, one line each,
// and exits with 1 when anything did.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"strings"
	"sync"
	"time"
)

var (
	base   = os.Args[1]
	failed sync.Mutex
	bad    bool
)

func check(ok bool, format string, arguments ...any) {
	if ok {
		return
	}
	failed.Lock()
	defer failed.Unlock()
	bad = true
	fmt.Printf(format+"\n", arguments...)
}

// Sends a request and gives back status, answer and body; a failure is reported and gives -1.
func ask(client *http.Client, request *http.Request) (int, *http.Response, []byte) {
	answer, err := client.Do(request)
	if err != nil {
		check(false, "%s %s: %v", request.Method, request.URL, err)
		return -1, nil, nil
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	check(err == nil, "%s %s: reading the body: %v", request.Method, request.URL, err)
	return answer.StatusCode, answer, body
}

func request(method, path string, body io.Reader) *http.Request {
	made, err := http.NewRequest(method, base+path, body)
	if err != nil {
		panic(err)
	}
	return made
}

// Hides the length, so that the body is sent in chunks.
type unknownLength struct{ io.Reader }

func keepAlive(client *http.Client) {
	reused := 0
	for i := 0; i < 50; i++ {
		made := request("GET", "/a", nil)
		trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
			if info.Reused {
				reused++
			}
		}}
		status, _, _ := ask(client, made.WithContext(httptrace.WithClientTrace(context.Background(), trace)))
		check(status == 200, "keep-alive: status %d", status)
	}
	check(reused == 49, "keep-alive: %d of 49 requests reused the connection", reused)
}

func posts(client *http.Client) {
	for _, size := range []int{0, 1, 1000, 100_000, 5_000_000} {
		body := bytes.Repeat([]byte("0123456789"), size/10+1)[:size]
		for _, reader := range []io.Reader{bytes.NewReader(body), unknownLength{bytes.NewReader(body)}} {
			status, _, got := ask(client, request("POST", "/a", reader))
			check(status == 200 && bytes.Equal(got, body), "POST of %d bytes: status %d, %d bytes back", size, status, len(got))
		}
	}
}

func head(client *http.Client) {
	status, answer, body := ask(client, request("HEAD", "/inspect", nil))
	check(status == 200 && len(body) == 0 && answer.ContentLength > 0, "HEAD: status %d, %d bytes, length %d", status,
		len(body), answer.ContentLength)
}

func expectContinue() {
	client := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}
	continued := false
	made := request("POST", "/a", strings.NewReader("hello"))
	made.Header.Set("Expect", "100-continue")
	trace := &httptrace.ClientTrace{Got100Continue: func() { continued = true }}
	status, _, body := ask(client, made.WithContext(httptrace.WithClientTrace(context.Background(), trace)))
	check(status == 200 && string(body) == "hello" && continued, "Expect: status %d, body %q, asked for: %v", status, body,
		continued)
}

func trailers(client *http.Client) {
	made := request("POST", "/a", unknownLength{strings.NewReader("hello")})
	made.Trailer = http.Header{"X-Sum": {"1"}}
	status, _, body := ask(client, made)
	check(status == 200 && string(body) == "hello", "trailers: status %d, body %q", status, body)
}

func large(client *http.Client) {
	const size = 64 << 20
	sent, got := sha256.New(), sha256.New()
	body := io.TeeReader(io.LimitReader(&counter{}, size), sent)
	answer, err := client.Do(request("POST", "/a", body))
	if err != nil {
		check(false, "64 MiB: %v", err)
		return
	}
	defer answer.Body.Close()
	count, err := io.Copy(got, answer.Body)
	check(err == nil && count == size && bytes.Equal(sent.Sum(nil), got.Sum(nil)), "64 MiB: %d bytes back, %v", count, err)
}

// Bytes that are not the same everywhere.
type counter struct{ at byte }

func (c *counter) Read(into []byte) (int, error) {
	for i := range into {
		c.at = c.at*5 + 1
		into[i] = c.at
	}
	return len(into), nil
}

func parallel(client *http.Client) {
	var all sync.WaitGroup
	for worker := 0; worker < 20; worker++ {
		all.Add(1)
		go func(worker int) {
			defer all.Done()
			for i := 0; i < 50; i++ {
				text := fmt.Sprintf("%d of %d", i, worker)
				status, _, body := ask(client, request("PUT", "/a", strings.NewReader(text)))
				check(status == 200 && string(body) == text, "parallel: status %d, %q instead of %q", status, body, text)
			}
		}(worker)
	}
	all.Wait()
}

func main() {
	client := &http.Client{Timeout: 2 * time.Minute}
	keepAlive(client)
	posts(client)
	head(client)
	expectContinue()
	trailers(client)
	large(client)
	parallel(client)
	if bad {
		os.Exit(1)
	}
}
