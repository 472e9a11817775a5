// The peer "go-net-http" of the client benchmark: Go's standard client. Usage: go-client PORT CONNECTIONS SECONDS [http2]
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func cpu() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func main() {
	connections, _ := strconv.Atoi(os.Args[2])
	seconds, _ := strconv.Atoi(os.Args[3])
	url := "http://127.0.0.1:" + os.Args[1] + "/hello"
	transport := &http.Transport{MaxIdleConnsPerHost: connections, MaxIdleConns: connections}
	if len(os.Args) > 4 && os.Args[4] == "http2" {
		transport.Protocols = new(http.Protocols)
		transport.Protocols.SetUnencryptedHTTP2(true)
	}
	client := &http.Client{Timeout: 30 * time.Second, Transport: transport}
	var requests atomic.Int64
	var over atomic.Bool
	var group sync.WaitGroup
	for i := 0; i < connections; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for !over.Load() {
				response, err := client.Get(url)
				if err != nil {
					log.Fatal(err)
				}
				if _, err := io.ReadAll(response.Body); err != nil || response.StatusCode != 200 {
					log.Fatal(err, response.StatusCode)
				}
				response.Body.Close()
				requests.Add(1)
			}
		}()
	}
	total := time.Duration(seconds) * time.Second
	time.Sleep(total / 5)
	begin, before, spent := time.Now(), requests.Load(), cpu()
	time.Sleep(total * 4 / 5)
	done, wall, used := requests.Load()-before, time.Since(begin), cpu()-spent
	over.Store(true)
	group.Wait()
	fmt.Printf("{\"requests\":%d,\"cpu_ns\":%d,\"wall_ns\":%d}\n", done, used, wall.Nanoseconds())
}
