# SPDX-License-Identifier: MIT
#
# find_package(assent): assent::assent, and assent::host for Linux.
get_filename_component(_assent_root "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
if(NOT TARGET assent::assent)
    add_library(assent::assent STATIC IMPORTED)
    set_target_properties(assent::assent PROPERTIES
        IMPORTED_LOCATION "${_assent_root}/lib/libassent.a"
        INTERFACE_COMPILE_OPTIONS ""
        INTERFACE_INCLUDE_DIRECTORIES "${_assent_root}/include")
    add_library(assent::host STATIC IMPORTED)
    set_target_properties(assent::host PROPERTIES
        IMPORTED_LOCATION "${_assent_root}/lib/libassent-host.a"
        INTERFACE_LINK_LIBRARIES assent::assent)
endif()
unset(_assent_root)
