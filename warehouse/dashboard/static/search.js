// Search: whatever a text finds, by its address.
"use strict";
gongkai.page = (state) => gongkai.findAll(state.q || "");
