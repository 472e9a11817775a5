// Asks a probe by HTTP/2 without TLS, with Go's own client: many requests at a time, an upload, trailers.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
)

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func main() {
	base := os.Args[1]
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: protocols}}
	var answered atomic.Int64
	var protocol atomic.Value
	var all sync.WaitGroup
	for i := 0; i < 200; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			answer, err := client.Get(base + "/large?bytes=50000")
			if err != nil {
				fail(err)
			}
			body, err := io.ReadAll(answer.Body)
			if err == nil && len(body) == 50000 && answer.StatusCode == 200 {
				answered.Add(1)
			}
			answer.Body.Close()
			protocol.Store(answer.Proto)
		}()
	}
	all.Wait()
	posted, err := client.Post(base+"/text", "text/plain", strings.NewReader(strings.Repeat("x", 1000000)))
	if err != nil {
		fail(err)
	}
	text, err := io.ReadAll(posted.Body)
	if err != nil {
		fail(err)
	}
	streamed, err := client.Get(base + "/stream?count=3&trailers=true")
	if err != nil {
		fail(err)
	}
	if _, err = io.ReadAll(streamed.Body); err != nil {
		fail(err)
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"answered": answered.Load(), "protocol": protocol.Load(), "posted": len(text), "trailer": streamed.Trailer.Get("X-Pieces"),
	})
}
