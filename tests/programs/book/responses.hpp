#pragma once

#include <ngo/app.hpp>

void add_responses(ngo::App& app, ngo::EventHub& headlines);
