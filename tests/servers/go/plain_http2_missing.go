//go:build !go1.24

package main

import (
	"log"
	"net/http"
)

func allowPlainHTTP2(*http.Server) { log.Fatal("this Go speaks no HTTP/2 in plain text") }
