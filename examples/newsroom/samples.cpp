#include "samples.hpp"

namespace newsroom {

std::vector<NewArticle> sample_articles() {
  return {
      {"Lighthouse keeper retires after forty years",
       "Ines Duarte",
       "The lamp at Cabo Sardo will be looked after by a computer from Monday. The keeper has left it a list "
       "of "
       "things that the manual does not say.",
       {"people", "coast"}},
      {"City library lends out tools",
       "Tomasz Wilk",
       "Drills, ladders and a sewing machine can now be borrowed for a week. The ladder is booked until "
       "March.",
       {"city", "library"}},
      {"The bridge that was built twice",
       "Ines Duarte",
       "Two teams began at two ends with two maps. Engineers say that the step in the middle is within "
       "tolerance.",
       {"engineering"}},
      {"Bees return to the roof of the opera",
       "Mara Lindqvist",
       "Six hives survived the winter. The honey will be sold in the interval.",
       {"city", "nature"}},
      {"Timetable errors traced to one clock",
       "Tomasz Wilk",
       "A station clock ran four minutes fast since autumn, and every connection was planned around it.",
       {"railway", "engineering"}},
      {"Smallest parliament in the world meets",
       "Mara Lindqvist",
       "Seven members, one question, and cake. The session ended before the coffee was cold.",
       {"politics"}},
  };
}

}  // namespace newsroom
