module bench/go-http2

go 1.24.0
